// A phone's picture is larger than anybody looks at; over a thin line that is minutes.

const SIDE_MAX = 2560;
const SMALL_BYTES = 1_500_000;
const QUALITY = 0.85;

/** The size a picture is sent in: within `SIDE_MAX` either way, never larger than it is. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** Makes a large photograph smaller, the right way up; whatever else it is given, it gives back. */
export async function shrunk(file: File): Promise<File> {
  if (file.type !== "image/jpeg" || file.size <= SMALL_BYTES) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const { width, height } = fitted(picture.width, picture.height);
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
    picture.close();
    const blob = await new Promise<Blob | null>((done) =>
      canvas.toBlob(done, "image/jpeg", QUALITY),
    );
    return blob && blob.size < file.size
      ? new File([blob], file.name, { type: "image/jpeg" })
      : file;
  } catch {
    // What this browser cannot draw goes as it is; the platform judges it.
    return file;
  }
}
