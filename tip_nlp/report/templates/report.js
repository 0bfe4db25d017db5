(() => {
  const form = document.querySelector("form.filter");
  if (!form) return;
  form.hidden = false;
  const texts = [...document.querySelectorAll("article.text")].map((article) => ({
    article,
    row: document.querySelector(`tr[data-text="${article.id.slice(5)}"]`),
    words: article.textContent.toLowerCase(),
  }));
  const show = () => {
    const { words, tier, indicator } = form.elements;
    const wanted = words.value.trim().toLowerCase();
    let count = 0;
    for (const { article, row, words: held } of texts) {
      const fits =
        held.includes(wanted) &&
        (!tier.value || article.dataset.tier === tier.value) &&
        (!indicator.value || article.dataset.indicators.split(" ").includes(indicator.value));
      article.hidden = row.hidden = !fits;
      count += fits;
    }
    form.querySelector("output").textContent = `${count} / ${texts.length}`;
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
})();
