/** A camera before the screen: what the QR code says that the page shows, read from its pixels. */
import type { Locator } from "playwright-core";
import decode from "qr/decode.js";

const pixels = 240;

export async function readQrCode(image: Locator): Promise<string> {
  // One character a pixel: an array of its channels would be some hundred thousand numbers on the wire.
  const shades = await image.evaluate(async (element, size) => {
    const shown = element as unknown as { decode: () => Promise<void> };
    await shown.decode();
    const { document } = globalThis as unknown as { document: Canvases };
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: size, height: size });
    const context = canvas.getContext("2d");
    context.drawImage(element, 0, 0, size, size);
    const { data } = context.getImageData(0, 0, size, size);
    let text = "";
    for (let index = 0; index < data.length; index += 4)
      text += (data[index] ?? 0) < 128 ? "#" : " ";
    return text;
  }, pixels);
  const data = Uint8Array.from({ length: shades.length * 3 }, (_, index) =>
    shades[Math.floor(index / 3)] === "#" ? 0 : 255,
  );
  return decode({ width: pixels, height: pixels, data });
}

/** As much of the page as is used: this project's types are Node's. */
interface Canvases {
  createElement: (name: "canvas") => {
    getContext: (kind: "2d") => {
      drawImage: (image: unknown, ...rectangle: number[]) => void;
      getImageData: (...rectangle: number[]) => { data: Uint8ClampedArray };
    };
  };
}
