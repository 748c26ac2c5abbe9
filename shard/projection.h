/* Which attributes of an item land: those of --include-attributes (all, when it is not set), less those of
 * --exclude-attributes, and always the whole key.
 *
 * A path that an item does not have, or that leads into a value that is no map or list, names nothing there.
 * With an include path into a map or list only what it names is left of that, in the order that came (as
 * DynamoDB's own ProjectionExpression does), and nothing at all where it names nothing. What is excluded from a
 * map or list is gone from it, and later elements of the list move up (as with DynamoDB's REMOVE); an empty one
 * stays. Everything else is byte for byte as it came.
 */
#ifndef PENSTOCK_SHARD_PROJECTION_H
#define PENSTOCK_SHARD_PROJECTION_H

#include "base/bytes.h"

struct projection; /* opaque; constant after projection_create, so any thread may use it */

/* Either text may be NULL; with both NULL *ret_projection is NULL too. STATUS_INVALID names the setting and the
 * place in its text. shard/projection_paths.h has the syntax. */
struct status projection_create(const char *include, const char *exclude, struct projection **ret_projection)
    MUST_USE;

/* NULL does nothing. */
void projection_destroy(struct projection *projection);

/* Writes what lands of `image` to `at` and returns the end; at most image.length bytes. Both are sound JSON
 * objects and do not overlap with `at`. */
char *projection_put(char *at, const struct projection *projection, struct slice keys, struct slice image);

#endif
