/* Reading a small file whole: settings and tokens. */
#ifndef PENSTOCK_AWS_SMALL_FILE_H
#define PENSTOCK_AWS_SMALL_FILE_H

#include "base/bytes.h"

/* Replaces the content of `content` with the file's, up to its ceiling. STATUS_NOT_FOUND when there is none,
 * STATUS_DENIED, STATUS_TOO_LARGE, STATUS_INVALID when it is no regular file (a pipe could block for ever),
 * STATUS_IO. The reason names the file. */
struct status small_file_read(const char *path, struct bytes *content) MUST_USE;

#endif
