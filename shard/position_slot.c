#include "shard/position_slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static struct status folder_error(int cause, const char *path)
{
    struct status status = status_errno(cause, "cannot use the state folder '%s'", path);
    if (status.code == STATUS_NOT_FOUND) {
        status.code = STATUS_IO;
    }
    return status_prefix(status, "set --state-dir to a folder that this user may write");
}

/* mkdir -p. */
static struct status make_folder(const char *path)
{
    char part[POSITION_PATH_BYTES];
    if (!slice_copy_text(slice_of_text(path), part, sizeof part) || part[0] == '\0') {
        return status_make(STATUS_INVALID, "--state-dir is empty or too long");
    }
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != '\0') {
            continue;
        }
        char kept = *at;
        *at = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return folder_error(errno, path);
        }
        if (kept == '\0') {
            return status_ok();
        }
        *at = kept;
    }
}

/* The worker named in a lock file: a whole line, or nothing when its writing was cut off. */
static void read_worker(int descriptor, char worker[POSITIONS_WORKER_BYTES])
{
    char text[POSITIONS_WORKER_BYTES + 1];
    ssize_t count = pread(descriptor, text, sizeof text, 0);
    worker[0] = '\0';
    const char *end = count <= 0 ? NULL : memchr(text, '\n', (size_t)count);
    if (end != NULL &&
        !slice_copy_text(slice_of(text, (size_t)(end - text)), worker, POSITIONS_WORKER_BYTES)) {
        worker[0] = '\0';
    }
}

/* A worker whose name cannot be written (a full disk) only cannot be recognised after its death. */
static void write_worker(int descriptor, const char *worker_id)
{
    char line[POSITIONS_WORKER_BYTES + 1];
    int length = snprintf(line, sizeof line, "%s\n", worker_id);
    if (ftruncate(descriptor, 0) == 0 && length > 0 && (size_t)length < sizeof line &&
        pwrite(descriptor, line, (size_t)length, 0) == length) {
        (void)fdatasync(descriptor);
    }
}

/* Sets *ret_taken when the slot was free. */
static struct status try_slot(const char *state_dir, int number, struct position_slot *slot, bool *ret_taken)
{
    char path[POSITION_PATH_BYTES + 8];
    *ret_taken = false;
    if (snprintf(slot->directory, sizeof slot->directory, "%s/slot-%d", state_dir, number) >=
        (int)sizeof slot->directory) {
        return status_make(STATUS_INVALID, "--state-dir is too long");
    }
    if (mkdir(slot->directory, 0700) != 0 && errno != EEXIST) {
        return folder_error(errno, state_dir);
    }
    snprintf(path, sizeof path, "%s/lock", slot->directory);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return folder_error(errno, path);
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        int cause = errno;
        close(descriptor);
        return cause == EWOULDBLOCK ? status_ok() : folder_error(cause, path);
    }
    slot->descriptor = descriptor;
    *ret_taken = true;
    return status_ok();
}

struct status position_slot_take(const char *state_dir, const char *worker_id, struct position_slot *ret_slot)
{
    struct position_slot slot = {.descriptor = -1};
    TRY(make_folder(state_dir));
    for (int number = 0; number < POSITION_SLOTS; number++) {
        bool taken;
        TRY(try_slot(state_dir, number, &slot, &taken));
        if (taken) {
            read_worker(slot.descriptor, slot.previous_worker);
            write_worker(slot.descriptor, worker_id);
            *ret_slot = slot;
            return status_ok();
        }
    }
    return status_make(STATUS_IO, "all %d slots of the state folder '%s' are locked by running workers",
                       POSITION_SLOTS, state_dir);
}

void position_slot_leave(struct position_slot *slot)
{
    if (slot->descriptor >= 0) {
        close(slot->descriptor);
        slot->descriptor = -1;
    }
}
