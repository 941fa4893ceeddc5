/**
 * Queries to begin with. Each finds something once somebody has logged in, posted, read a feed and been refused something.
 * @param service name of the process that serves the page
 */
export const traceqlExamples = (service: string): readonly (readonly [query: string, meaning: string])[] => [
  ['{ duration > 10ms }', 'a span that took longer than 10 ms'],
  ['{ traceDuration > 20ms }', 'the whole trace took longer than 20 ms'],
  ['{ span.http.response.status_code >= 400 }', 'by an attribute of a span'],
  ['{ span.feed.type = "unified" && duration > 1ms }', 'both in the same span'],
  ['{ name =~ "SELECT.*" } && { name =~ "INSERT.*" }', 'each in some span'],
  ['{ name =~ "SELECT.*" } | count() > 5', 'more than five such spans'],
  [`{ resource.service.name = ${JSON.stringify(service)} }`, 'by an attribute of the process'],
];
