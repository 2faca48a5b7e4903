// Walks through the layers; between two of them the box grows, unless motion is unwelcome.
const WHOLE_WALK = 7000; // ms
const STEP = { least: 90, most: 420 }; // ms
const GROWING = 0.7; // of a step

class Player {
  constructor(sight) {
    this.sight = sight;
    this.running = false;
  }

  toggle() {
    if (this.running) this.stop();
    else this.start();
  }

  start() {
    const count = this.sight.data.layers.length;
    if (count < 2) return;
    this.running = true;
    this.step = Math.min(STEP.most, Math.max(STEP.least, WHOLE_WALK / count));
    const next = this.sight.at + 1 < count ? this.sight.at : -1;
    this.from = next;
    this.sight.playing(true);
    this.began = performance.now();
    this.advance(next + 1);
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  advance(at) {
    const { sight } = this;
    const before = sight.boxNow();
    sight.goTo(at);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.grow = still || !before ? null : { before, began: performance.now() };
  }

  tick(now) {
    if (!this.running) return;
    if (this.grow) {
      const share = Math.min(1, (now - this.grow.began) / (this.step * GROWING));
      this.sight.tween(this.grow.before, 1 - (1 - share) ** 2);
      if (share >= 1) this.grow = null;
    }
    if (now - this.began >= this.step) {
      this.began = now;
      const next = this.sight.at + 1;
      if (next >= this.sight.data.layers.length) return this.stop();
      this.advance(next);
    }
    this.frame = requestAnimationFrame((time) => this.tick(time));
  }

  stop() {
    if (!this.running) return;
    this.running = false;
    cancelAnimationFrame(this.frame);
    this.sight.playing(false);
  }
}
