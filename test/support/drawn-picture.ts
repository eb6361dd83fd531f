import type { Page } from 'playwright-core';

/** A picture that is worth showing: 480 by 320. The browser draws and encodes it. */
export async function drawPng(page: Page, hue: number): Promise<Buffer> {
  const dataUrl = await page.evaluate<string>(`(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 480, height: 320 });
    const context = canvas.getContext('2d');
    const sky = context.createLinearGradient(0, 0, 0, 320);
    sky.addColorStop(0, 'hsl(${hue} 70% 55%)');
    sky.addColorStop(1, 'hsl(${hue + 50} 80% 85%)');
    context.fillStyle = sky;
    context.fillRect(0, 0, 480, 320);
    for (let ridge = 0; ridge < 4; ridge++) {
      context.fillStyle = 'hsl(${hue + 20} 35% ' + (45 - ridge * 9) + '%)';
      context.beginPath();
      context.moveTo(0, 320);
      for (let x = 0; x <= 480; x += 8) {
        context.lineTo(x, 170 + ridge * 35 + 28 * Math.sin(x / (38 + ridge * 13) + ridge * ${hue}));
      }
      context.lineTo(480, 320);
      context.fill();
    }
    return canvas.toDataURL('image/png');
  })()`);
  return Buffer.from(dataUrl.split(',')[1] ?? '', 'base64');
}
