/** What is searched for in the trace at first: the text that the list was narrowed by when it led here. */
export const findInUrl = (): string => new URLSearchParams(location.search).get('find')?.trim() ?? '';
