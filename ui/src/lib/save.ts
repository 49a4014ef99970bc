function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Give *text* to the reader as a file called *name*. */
export function saveText(name: string, text: string, type = "application/json"): void {
  save(name, new Blob([text], { type }));
}

/** Give *picture* to the reader as a PNG file called *name*. */
export function savePicture(name: string, picture: HTMLCanvasElement): void {
  picture.toBlob((content) => {
    if (content !== null) save(name, content);
  });
}
