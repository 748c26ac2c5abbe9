/* Bytes into gzip (RFC 1952) through zlib, in a file or in memory. One thread at a time. */
#ifndef PENSTOCK_SINK_GZIP_WRITER_H
#define PENSTOCK_SINK_GZIP_WRITER_H

#include "base/bytes.h"

struct gzip_writer; /* opaque; it can be used for one file after another */

struct status gzip_writer_create(struct gzip_writer **ret_writer) MUST_USE;
void gzip_writer_destroy(struct gzip_writer *writer);

/* Begins a stream into `descriptor`; `path` (borrowed until the end) is for reasons. */
struct status gzip_writer_begin(struct gzip_writer *writer, int descriptor, const char *path) MUST_USE;
/* Begins a stream that is appended to `target` (borrowed until the end); its name and time are empty, so the same
 * content gives the same bytes. */
struct status gzip_writer_begin_bytes(struct gzip_writer *writer, struct bytes *target) MUST_USE;
struct status gzip_writer_add(struct gzip_writer *writer, struct slice content) MUST_USE;
/* Writes what is left and the trailer; does not sync. */
struct status gzip_writer_end(struct gzip_writer *writer) MUST_USE;

#endif
