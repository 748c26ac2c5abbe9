/* Folders and files that must survive a power cut: a name is durable only when the folder that holds it was
 * synced. */
#ifndef PENSTOCK_SINK_FOLDER_H
#define PENSTOCK_SINK_FOLDER_H

#include "base/bytes.h"

/* Makes `path` and its parents where absent (mode 0755 and umask), durably. */
struct status folder_make(const char *path) MUST_USE;

/* Makes the names in the folder durable. */
struct status folder_sync(const char *path) MUST_USE;

/* Tries the folder by writing, syncing and removing a hidden file: STATUS_DENIED, STATUS_IO, ... name the
 * folder. */
struct status folder_try(const char *path) MUST_USE;

/* Writes all of `content` however often the system interrupts or shortens. `path` is for the reason. */
struct status file_write_all(int descriptor, struct slice content, const char *path) MUST_USE;

#endif
