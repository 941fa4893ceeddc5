/**
 * `inline` with the name that a file is saved under (RFC 6266): in ASCII for old clients, and as it is for all others.
 * @param name free of folders and control characters
 */
export const inline = (name: string): string => {
  const plain = name.replace(/[^\w .()+,-]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `inline; filename="${plain}"; filename*=UTF-8''${encoded}`;
};
