// How close to the original every method comes as the noise rises, and from where on denoising pays.

import { bench } from "./bench.js";
import { Gradual, fetcher, readFields } from "./gradual.js";
import { lineChart } from "./line_chart.js";
import { crossing } from "./noise_sweep.js";
import { qualityCurves } from "./quality_curves.js";
import { element, fill, isNews, liveComponent, statusLine } from "./view.js";

const NOISY = 0, FIRST_MODEL = 2; // The places of methods.

const FORMATS = {
  psnr: (value) => (Number.isFinite(value) ? `${value.toFixed(1)} dB` : "∞ dB"),
  ssim: (value) => value.toFixed(2),
};

class QualityView {
  constructor(host) {
    this.host = host;
    this.status = statusLine();
    this.fetchFields = fetcher(host, (bytes, url) => {
      this.fields = { url, rows: readFields(bytes) };
      this.gradual.renew();
    });
    this.gradual = new Gradual(host, {
      snapshot: (models) => this.snapshot(models),
      work: qualityCurves,
      show: (results, of) => this.show(results, of),
    });
    this.unmount = () => {
      this.gradual.unmount();
      Object.values(this.charts ?? {}).forEach((chart) => chart.unmount());
    };
  }

  update(data) {
    if (!this.charts) this.arrange(data);
    const isOtherSpan = isNews("trained", data, this.data);
    this.data = data;
    this.fetchFields(data.fields);
    if (isOtherSpan && this.results) this.show(...this.results);
    this.gradual.renew();
  }

  arrange({ words, charts }) {
    this.charts = Object.fromEntries(Object.entries(charts).map(([measure, axes]) => [measure, lineChart({
      ...axes, table: words.table, place: (level) => fill(words.at, { level: level.toFixed(2) }), format: FORMATS[measure],
    })]));
    this.caption = element("p", { className: "caption" });
    const figures = Object.values(this.charts).map(({ figure }) => figure);
    this.host.stage.append(element("div", { className: "charts" }, ...figures), ...this.status.elements, this.caption);
  }

  snapshot(models) {
    const { clean, hole, corruption: kind, isReady } = bench();
    // The kind of noise and its fields come on two ways.
    if (!isReady || this.fields?.url !== this.data.fields || kind !== this.data.corruption) return null;
    const { methods, levels } = this.data;
    return { clean, kind, hole, fields: this.fields.rows, levels, models, methods };
  }

  show(results, of) {
    this.results = [results, of];
    const { trained, colours, words } = this.data;
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const means = results.psnr.map((byLevel) => byLevel.map(mean));
    const crossings = of.methods.slice(FIRST_MODEL).map((name, n) => ({
      name, colour: colours[name], x: crossing(results.levels, means[NOISY], means[n + FIRST_MODEL]),
    }));
    const marks = crossings.filter(({ x }) => x !== null);
    for (const [measure, chart] of Object.entries(this.charts)) {
      const lines = of.methods.map((name, method) => ({
        name,
        colour: colours[name],
        points: results.levels.map((x, n) => {
          const values = results[measure][method][n];
          return { x, mean: mean(values), low: Math.min(...values), high: Math.max(...values) };
        }),
      }));
      chart.show({ lines, span: trained, marks: measure === "psnr" ? marks : [] });
    }
    const starts = crossings.map(({ name, x }) => (
      x === null ? fill(words.never, { name }) : fill(words.from, { name, level: x.toFixed(2) })));
    const dashed = words.dashed[Math.min(marks.length, 2)];
    this.status.say(fill(words.starts, { methods: starts.join(", "), dashed }));
    const [draws, all] = [results.draws, of.fields.length];
    const average = fill(words.average, { draws: draws < all ? fill(words.soFar, { draws, all }) : all });
    this.caption.textContent = [words.higher, ...(all > 1 ? [average] : []), ...(trained ? [words.trained] : [])].join(" ");
  }

  paint(models) {
    for (const chart of Object.values(this.charts)) chart.readAt(bench().level);
    return this.gradual.step(models);
  }
}

export default liveComponent(QualityView);
