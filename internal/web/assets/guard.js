// What was typed is not lost without a warning. A form with data-guard="dirty"
// comes back from a refusal: it holds work from the start.
for (const form of document.querySelectorAll("form[data-guard]")) {
	const state = () => JSON.stringify([...new FormData(form)].map(([k, v]) => [k, v instanceof File ? v.name : v]));
	const start = state();
	let leaving = false;
	form.addEventListener("submit", () => { leaving = true; });
	for (const link of form.querySelectorAll("[data-leave]")) link.addEventListener("click", () => { leaving = true; });
	addEventListener("beforeunload", (e) => {
		if (!leaving && (form.dataset.guard === "dirty" || state() !== start)) e.preventDefault();
	});
}
