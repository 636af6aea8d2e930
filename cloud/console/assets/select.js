// Ticks in a list that goes over several pages. Without this the boxes and the
// buttons of the form work too: here the boxes only follow each other.
"use strict";
(() => {
	for (const form of document.querySelectorAll("form[data-selection]")) {
		const head = form.querySelector("[data-head]"); // the same as all, above the column
		const all = form.querySelector("[data-all]");
		const said = form.querySelector("[data-ticked]");
		if (!head || !all) continue;
		const rows = [...form.querySelectorAll("[data-row]")];
		const bar = form.querySelector(".select-bar");
		head.hidden = said.hidden = false;

		const show = () => {
			const n = rows.filter((r) => r.checked).length;
			head.checked = all.checked && n === rows.length;
			head.indeterminate = n > 0 && !head.checked;
			bar.classList.toggle("is-selecting", n > 0 || all.checked);
			said.textContent = all.checked || n === 0 ? said.dataset.none : said.dataset.some.replace("#", String(n));
			said.hidden = all.checked;
			// Of all that match, those without a tick are left out.
			for (const old of form.querySelectorAll("[name=except]")) old.remove();
			if (!all.checked) return;
			for (const r of rows.filter((r) => !r.checked)) {
				const but = document.createElement("input");
				but.type = "hidden";
				but.name = "except";
				but.value = r.value;
				form.append(but);
			}
		};
		form.addEventListener("change", (event) => {
			if (event.target === head || event.target === all) {
				all.checked = event.target.checked;
				for (const r of rows) r.checked = all.checked;
			}
			show();
		});
		window.addEventListener("pageshow", show); // the browser may have kept the ticks
		show();
	}
})();
