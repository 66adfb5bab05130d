// Filters the transcripts. Without script all of them are shown.
for (const form of document.querySelectorAll("form.filter")) {
  const articles = [...form.nextElementSibling.querySelectorAll("article")];
  const chosen = () => [...form.querySelectorAll("select")].filter((select) => select.value);
  const update = () => {
    let shown = 0;
    for (const article of articles) {
      article.hidden = !chosen().every((select) => article.dataset[select.name] === select.value);
      shown += !article.hidden;
    }
    form.querySelector("output").textContent = `${shown} of ${articles.length} exchanges`;
  };
  form.hidden = false;
  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update();
}
