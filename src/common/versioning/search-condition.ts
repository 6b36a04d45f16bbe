/** The condition that the name or the description of a definition `d` matches the LIKE pattern `$position`. */
export function nameOrDescriptionContains(position: number): string {
  return `(d.name ILIKE $${position} OR d.description ILIKE $${position})`;
}
