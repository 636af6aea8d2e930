// Texts of messages: chips put variables in, and the preview follows what is
// typed. Without this the chips are a list to type from and a button shows the
// preview.
"use strict";
(() => {
	let last = null; // the field that the cursor was in

	document.addEventListener("focusin", (event) => {
		if (event.target.matches("[data-into]")) last = event.target;
	});

	document.addEventListener("click", (event) => {
		const chip = event.target.closest("[data-insert]");
		if (!chip) return;
		const text = chip.closest("[data-wording]");
		const into = last && text.contains(last) ? last : text.querySelector("[data-into-first]");
		into.focus();
		into.setRangeText(chip.dataset.insert, into.selectionStart, into.selectionEnd, "end");
		into.dispatchEvent(new Event("input", { bubbles: true }));
	});

	for (const form of document.querySelectorAll("form[data-preview]")) {
		let timer = 0;
		// Each preview comes into a new frame: in one that is there already it would
		// be a page to go back to.
		const show = (button) => {
			const old = form.querySelector("iframe.preview:last-of-type");
			const frame = old.cloneNode();
			frame.removeAttribute("src");
			frame.classList.add("is-loading");
			for (const other of form.querySelectorAll("iframe.preview")) other.removeAttribute("name");
			old.after(frame);
			frame.addEventListener("load", () => {
				if (!frame.contentDocument || frame.contentDocument.URL === "about:blank") return;
				for (const other of form.querySelectorAll("iframe.preview")) if (other !== frame && other.compareDocumentPosition(frame) & Node.DOCUMENT_POSITION_FOLLOWING) other.remove();
				frame.classList.remove("is-loading");
			});
			form.requestSubmit(button);
		};
		form.addEventListener("input", (event) => {
			const text = event.target.closest("[data-wording]");
			if (!text || !event.target.matches("[data-into]")) return;
			clearTimeout(timer);
			timer = setTimeout(() => show(text.querySelector("[data-show]") || form.querySelector("[data-show]")), 350);
		});
		// A text that is opened is the one that is shown.
		for (const one of form.querySelectorAll("details[data-wording]")) {
			one.addEventListener("toggle", () => {
				if (one.open) show(one.querySelector("[data-show]"));
			});
		}
	}
})();
