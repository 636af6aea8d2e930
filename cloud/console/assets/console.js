// What pages can't do without a script: everything here only makes easier what
// also works without it.
"use strict";
(() => {
	const root = document.documentElement;
	root.classList.add("js");

	// The server names a site's time zone where it isn't the reader's.
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	if (zone) {
		const secure = location.protocol === "https:" ? "; secure" : "";
		document.cookie = "zone=" + encodeURIComponent(zone) + "; path=/; max-age=31536000; samesite=lax" + secure;
	}

	for (const el of document.querySelectorAll("[data-peek], [data-copy], [data-live]")) el.hidden = false;

	document.addEventListener("click", (event) => {
		const el = event.target.closest("[data-peek], [data-copy], [data-dialog], [data-close]");
		if (!el) return;
		if (el.dataset.peek) {
			const input = document.getElementById(el.dataset.peek);
			const shown = input.type === "password";
			input.type = shown ? "text" : "password";
			el.setAttribute("aria-pressed", String(shown));
		} else if (el.dataset.copy) {
			const input = document.getElementById(el.dataset.copy);
			const text = el.querySelector("span");
			const said = text.textContent;
			const done = () => {
				text.textContent = el.dataset.done;
				setTimeout(() => { text.textContent = said; }, 2000);
			};
			if (navigator.clipboard) {
				navigator.clipboard.writeText(input.value).then(done, () => input.select());
			} else {
				input.select();
			}
		} else if (el.dataset.close !== undefined) {
			const dialog = el.closest("dialog");
			if (dialog) {
				event.preventDefault();
				dialog.close();
			}
		} else if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
			event.preventDefault();
			ask(el);
		}
	});

	document.addEventListener("focusin", (event) => {
		if (event.target.matches("[data-select]")) event.target.select();
	});

	document.addEventListener("change", (event) => {
		const form = event.target.closest("form[data-auto]");
		if (form && event.target.checkValidity()) form.requestSubmit();
	});

	// A menu closes when the reader turns to something else.
	for (const menu of document.querySelectorAll("details.me, details[data-menu]")) {
		document.addEventListener("click", (event) => {
			if (menu.open && !menu.contains(event.target)) menu.open = false;
		});
		menu.addEventListener("keydown", (event) => {
			if (event.key === "Escape" && menu.open) {
				menu.open = false;
				menu.querySelector("summary").focus();
			}
		});
	}

	// A question that has a page of its own is asked in a dialog.
	async function ask(link) {
		let question = null;
		try {
			const answer = await fetch(link.href, { credentials: "same-origin" });
			const page = new DOMParser().parseFromString(await answer.text(), "text/html");
			question = answer.ok && page.getElementById("confirm");
		} catch { /* the page itself will say what is wrong */ }
		if (!question) {
			location.assign(link.href);
			return;
		}
		const dialog = document.createElement("dialog");
		dialog.className = "ask";
		dialog.setAttribute("aria-labelledby", "confirm-heading");
		dialog.append(document.importNode(question, true));
		dialog.addEventListener("close", () => {
			dialog.remove();
			link.focus();
		});
		document.body.append(dialog);
		dialog.showModal();
	}

	// A page that nobody sees gives its live connection back: a browser has only
	// six for one server, and the seventh tab would get none.
	const sources = new Set();
	if (window.htmx) {
		htmx.createEventSource = (url) => {
			const source = new EventSource(url);
			const heard = () => { source.heard = Date.now(); };
			heard();
			source.addEventListener("open", heard);
			source.addEventListener("beat", heard);
			sources.add(source);
			return source;
		};
	}
	const again = (source) => {
		source.close();
		sources.delete(source);
		source.onerror(new Event("error")); // the extension connects again
	};
	// The server says every 20 seconds that it is there. One that hangs keeps its
	// connections open, and nobody would notice.
	setInterval(() => {
		for (const source of [...sources]) {
			if (source.readyState !== EventSource.CLOSED && Date.now() - source.heard > 50_000) again(source);
		}
	}, 5000);
	document.addEventListener("visibilitychange", () => {
		for (const source of [...sources]) {
			if (document.visibilityState === "hidden") {
				source.close();
			} else if (source.readyState === EventSource.CLOSED) {
				again(source);
			}
		}
	});

	// Time that is left runs on; the server said how much.
	setInterval(() => {
		for (const el of document.querySelectorAll("[data-left]")) {
			const left = Math.max(0, Number(el.dataset.left) - 1);
			el.dataset.left = left;
			el.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
			const line = el.closest("[role=timer]");
			if (left === 0 && line) line.hidden = true;
		}
	}, 1000);

	// Whether a live page is really live.
	const live = (on) => {
		for (const el of document.querySelectorAll("[data-live]")) el.classList.toggle("is-off", !on);
	};
	document.addEventListener("htmx:sseOpen", () => live(true));
	document.addEventListener("htmx:sseError", () => live(false));
})();
