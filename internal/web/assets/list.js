// Lists: choose all the lines, and say how many are chosen.
function refresh(form) {
	const boxes = [...form.querySelectorAll("input[name=id]")];
	const n = boxes.filter((b) => b.checked).length;
	const all = form.querySelector("[data-all]");
	if (all) {
		all.checked = n > 0 && n === boxes.length;
		all.indeterminate = n > 0 && n < boxes.length;
	}
	for (const box of boxes) box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
	const bar = form.querySelector("[data-chosen]");
	if (bar) {
		bar.hidden = n === 0;
		bar.querySelector("[data-count]").textContent = String(n);
	}
}
function start(root) {
	for (const form of root.querySelectorAll?.("form[data-choose]") ?? []) refresh(form);
}
document.addEventListener("change", (e) => {
	const form = e.target.closest?.("form[data-choose]");
	if (!form) return;
	if (e.target.matches("[data-all]")) {
		for (const box of form.querySelectorAll("input[name=id]")) box.checked = e.target.checked;
	}
	refresh(form);
});
start(document);
document.addEventListener("htmx:afterSettle", () => start(document));
