export const FIRST_TIME =
  "The first question after the server started takes longest: it puts the whole graph together for it.";
