/**
 * Credentials that can be told by their form, of providers whose tokens are widely used, and our own. A JWT does not begin
 * behind a `-`: else each `eyJ` of `eyJ-eyJ-…` would be read to the end of the text.
 */
export const PROVIDER_TOKEN =
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|sk-[\w-]{16,}|sk_(?:live|test)_\w{16,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|ntn_[A-Za-z0-9]{20,}|mcp_[0-9A-Za-z]{32}|(?<!-)eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)/;
