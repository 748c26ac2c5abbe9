/* Points in time as AWS writes them. All are milliseconds of UTC since 1970. Pure functions. */
#ifndef PENSTOCK_AWS_TIMESTAMP_H
#define PENSTOCK_AWS_TIMESTAMP_H

#include <stdint.h>

#include "base/bytes.h"

enum { TIMESTAMP_BASIC_BYTES = 17 }; /* "20261123T100000Z" and a NUL */

/* The form that signatures use: ISO 8601 basic, whole seconds. Times before year 0 or after 9999 give all
 * zeros. */
void timestamp_format_basic(int64_t wall_ms, char text[TIMESTAMP_BASIC_BYTES]);

/* The Date header, RFC 9110 5.6.7: "Mon, 23 Nov 2026 10:00:00 GMT" (IMF-fixdate only). */
bool timestamp_parse_http(struct slice text, int64_t *ret_wall_ms) MUST_USE;

/* ISO 8601 extended as in credentials: "2026-11-23T10:00:00Z", with optional fraction and offset ("+00:00").
 */
bool timestamp_parse_iso(struct slice text, int64_t *ret_wall_ms) MUST_USE;

#endif
