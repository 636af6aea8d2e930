// How much of a file has gone up. Without this the form works as any other.
"use strict";
(() => {
	const form = document.querySelector("form[data-upload]");
	if (!form) return;
	form.addEventListener("submit", (event) => {
		const file = form.querySelector("[type=file]");
		if (!file.files.length) return; // the server says what is missing
		event.preventDefault();
		const shown = form.querySelector("[data-progress]");
		const bar = shown.querySelector("progress");
		const button = form.querySelector("[type=submit]");
		const request = new XMLHttpRequest();
		const again = () => {
			shown.hidden = true;
			button.disabled = false;
		};
		request.upload.addEventListener("progress", (e) => {
			if (e.lengthComputable) bar.value = 100 * e.loaded / e.total;
		});
		request.addEventListener("load", () => {
			if (request.status < 400) {
				location.assign(request.responseURL);
				return;
			}
			const page = new DOMParser().parseFromString(request.responseText, "text/html");
			const wrong = page.querySelector("main");
			again();
			if (!wrong) return;
			const problem = wrong.querySelector("#w-file");
			if (!problem) {
				document.querySelector("main").replaceWith(document.importNode(wrong, true));
				return;
			}
			for (const old of form.querySelectorAll("#w-file, #h-file")) old.remove();
			file.after(document.importNode(problem, true));
			file.classList.add("is-invalid");
			file.focus();
		});
		request.addEventListener("error", again);
		request.open("POST", form.action);
		request.send(new FormData(form));
		shown.hidden = false;
		button.disabled = true;
	});
	// Coming back with the browser's own button finds the form as it was.
	window.addEventListener("pageshow", () => {
		form.querySelector("[data-progress]").hidden = true;
		form.querySelector("[type=submit]").disabled = false;
	});
})();
