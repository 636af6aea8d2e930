// What the portal's pages can't do without a script: everything here only makes
// easier what also works without it.
"use strict";
(() => {
	const form = document.querySelector("[data-crop]");
	if (!form || !window.Cropper) return;
	const area = form.querySelector("[data-crop-area]");
	const choose = form.querySelector(".crop-choose");
	const image = form.querySelector("[data-crop-image]");
	const wrong = form.querySelector("[data-crop-wrong]");
	const inputs = [...form.querySelectorAll("input[type=file]")];
	const size = 512; // pixels each way; the server makes a smaller one of it
	let cropper = null;
	let done = false;

	const reset = () => {
		if (cropper) cropper.destroy();
		cropper = null;
		image.removeAttribute("src");
		for (const i of inputs) i.value = "";
		area.hidden = true;
		choose.hidden = false;
	};
	const refuse = () => {
		reset();
		wrong.querySelector("span").textContent = form.dataset.unreadable;
		wrong.hidden = false;
	};
	const show = (file) => {
		wrong.hidden = true;
		const reader = new FileReader();
		reader.onerror = refuse;
		reader.onload = () => {
			image.onerror = refuse;
			image.onload = () => {
				image.onload = null;
				choose.hidden = true;
				area.hidden = false;
				cropper = new Cropper(image, {
					aspectRatio: 1, viewMode: 1, dragMode: "move", autoCropArea: 1, background: false, guides: false, center: false,
					cropBoxMovable: false, cropBoxResizable: false, toggleDragModeOnDblclick: false, checkOrientation: false,
				});
			};
			image.src = reader.result;
		};
		reader.readAsDataURL(file);
	};
	for (const i of inputs) {
		i.addEventListener("change", () => {
			if (i.files.length) show(i.files[0]);
		});
	}
	form.addEventListener("click", (event) => {
		const button = event.target.closest("[data-crop-do]");
		if (!button || !cropper) return;
		if (button.dataset.cropDo === "in") cropper.zoom(0.15);
		else if (button.dataset.cropDo === "out") cropper.zoom(-0.15);
		else if (button.dataset.cropDo === "turn") cropper.rotate(90);
		else reset();
	});
	// The picture that is sent is the part that was chosen. A browser that can't
	// put it in the form's place sends the whole, and the server takes its middle.
	form.addEventListener("submit", (event) => {
		if (!cropper || done) return;
		event.preventDefault();
		const canvas = cropper.getCroppedCanvas({ width: size, height: size, fillColor: "#fff", imageSmoothingQuality: "high" });
		const send = () => {
			done = true;
			form.submit();
		};
		if (!canvas || !canvas.toBlob || !window.DataTransfer) {
			send();
			return;
		}
		canvas.toBlob((blob) => {
			if (!blob) {
				send(); // nothing was cut out: the whole picture, then
				return;
			}
			try {
				const list = new DataTransfer();
				list.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
				for (const i of inputs) i.value = "";
				inputs[0].files = list.files;
			} catch { /* the whole picture, then */ }
			send();
		}, "image/jpeg", 0.9);
	});
})();

// The question of an organisation: what lies beneath can't be reached while it is
// open, and Escape decides later.
(() => {
	const popUp = document.querySelector("[data-pop-up]");
	if (!popUp) return;
	for (const other of document.body.children) {
		if (other !== popUp) other.inert = true;
	}
	popUp.querySelector("[role=dialog]").focus();
	popUp.addEventListener("keydown", (event) => {
		if (event.key === "Escape") popUp.querySelector(".pop-up-close button").click();
	});
})();
