// The whole machine as one picture, from left to right: noisy digit, encoder, code, decoder, denoised digit.

import { bench, noiseSliders } from "./bench.js";
import { closeness, verdict } from "./closeness.js";
import { codeBars } from "./code_bars.js";
import { inDecibels, mse } from "./metrics.js";
import { readingScale, readsAs } from "./reads_as.js";
import { element, isNews, liveComponent, picture, statusLine } from "./view.js";

// A block that narrows or widens, with its name in it.
function part(name, className) {
  return element("div", { className: `part ${className}` }, element("span", { textContent: name }));
}

class MachineView {
  constructor(host) {
    this.noisy = picture("Noisy");
    this.denoised = picture("Denoised");
    this.host = host;
    this.readsAs = readsAs();
    this.scale = readingScale(host);
    this.sliders = noiseSliders(host, this.scale.box);
    this.code = codeBars();
    this.status = statusLine();
    this.closeness = closeness(["Noisy", "Denoised"]);
    const stop = bench().listen(host, () => host.repaint());
    this.unmount = () => {
      stop();
      this.scale.unmount();
      this.sliders.unmount();
    };
    this.noisy.figure.className = "noisy";
    this.denoised.figure.className = "denoised";
    this.denoised.figure.append(this.readsAs.box);
    host.stage.append(element(
      "div", { className: "machine" },
      part("+ noise", "clean-to-noisy"), this.noisy.figure, part("Encoder", "encoder"), this.code.figure,
      part("Decoder", "decoder"), this.denoised.figure, this.sliders.box,
      element("div", { className: "said" }, ...this.status.elements, this.closeness.table),
    ));
  }

  update(data) {
    if (isNews("explain", data, this.data)) this.code.explain(data.explain);
    this.data = data;
  }

  preview() {
    if (!bench().isReady) return null;
    const noisy = bench().noisy();
    this.noisy.show(noisy);
    this.noisy.describe(`${bench().title}, noisy, level ${bench().level.toFixed(2)}`, "Noisy");
    if (bench().foreseen) this.denoised.show(bench().foreseen);
    return noisy;
  }

  paint(models) {
    const noisy = this.preview();
    if (!noisy) return false;
    const [{ vae }] = models;
    const { mean, logVar } = vae.posterior(noisy);
    const denoised = vae.decode(mean);
    const { clean, title } = bench();
    this.code.show(mean, logVar);
    this.denoised.show(denoised);
    this.denoised.describe(`${title}, denoised`, "Denoised");
    this.closeness.show(clean, [noisy, denoised]);
    const [before, after] = [noisy, denoised].map((image) => mse(image, clean));
    const sentence = verdict(before, after);
    this.status.say(sentence, `${sentence} PSNR: noisy ${inDecibels(before)}, denoised ${inDecibels(after)}.`);
    this.readsAs.show(this.host, denoised);
    return this.scale.step(models);
  }
}

export default liveComponent(MachineView);
