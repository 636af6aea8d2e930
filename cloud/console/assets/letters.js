// Texts of messages: chips put variables in, and the preview follows what is
// typed. Without this the chips are a list to type from and a button shows the
// preview.
"use strict";
(() => {
	// On a phone the row of pages is wider than the screen.
	const here = document.querySelector(".invite-pages [aria-current]");
	if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 48;

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
		const frame = form.querySelector("iframe.preview");
		let asked = 0;
		// The frame's page stays, and what it shows is exchanged: each new page in it
		// would be one more to go back through.
		const show = async (button) => {
			const turn = ++asked;
			const fields = new FormData(form, button);
			try {
				const answer = await fetch(button.formAction, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin" });
				const page = new DOMParser().parseFromString(await answer.text(), "text/html");
				const seen = page.querySelector(".seen");
				const inside = frame.contentDocument;
				if (turn !== asked) return; // a later one is on its way
				const shown = inside && inside.querySelector(".seen");
				if (!answer.ok || !seen || !shown) throw new Error("no preview");
				const next = inside.importNode(seen, true);
				const mail = next.querySelector("iframe");
				// A mail is seen once it is laid out; until then the one before it stays.
				next.classList.add("is-coming");
				shown.after(next);
				if (mail) await new Promise((done) => mail.addEventListener("load", done, { once: true }));
				if (turn !== asked) {
					next.remove();
					return;
				}
				shown.remove();
				next.classList.remove("is-coming");
			} catch {
				form.requestSubmit(button); // the frame says what is wrong
			}
		};
		form.addEventListener("click", (event) => {
			const button = event.target.closest("[data-show]");
			if (!button) return;
			event.preventDefault();
			show(button);
		});
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
