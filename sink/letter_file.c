/* Dead letters in a folder: one JSON object a line, synced. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/thread.h"
#include "sink/folder.h"
#include "sink/letter_store.h"

struct letter_file {
    struct letter_store store; /* first: the two share their address */

    /* Constant after letter_file_open. */
    char *folder;
    char *path;

    struct mutex lock;
    int descriptor GUARDED_BY(lock); /* -1 until the first letter */
    bool torn GUARDED_BY(lock); /* the file does not end with a newline */
};

/* "FOLDER/dead-letters-WORKER.jsonl", owned; other characters than a file name takes become '_'. */
static char *make_path(const char *folder, const char *worker)
{
    static const char format[] = "/dead-letters-.jsonl";
    size_t folder_length = strlen(folder);
    size_t size = folder_length + strlen(worker) + sizeof format;
    struct bytes path;
    bytes_init(&path, size);
    struct status status = bytes_append_format(&path, "%s/dead-letters-%s.jsonl", folder, worker);
    const char *text = NULL;
    if (status_is_ok(&status)) {
        status = bytes_terminate(&path, &text);
    }
    if (!status_is_ok(&status)) {
        bytes_free(&path);
        return NULL;
    }
    for (char *at = path.at + folder_length + 1; *at != '\0'; at++) {
        *at = *at == '/' ? '_' : *at;
    }
    return path.at;
}

/* Does the file end in the middle of a line, as a crash leaves it? */
static struct status look_for_tear(int descriptor, const char *path, bool *ret_torn)
{
    struct stat info;
    if (fstat(descriptor, &info) != 0) {
        return status_errno(errno, "cannot look at '%s'", path);
    }
    char last = '\n';
    if (info.st_size > 0 && pread(descriptor, &last, 1, info.st_size - 1) != 1) {
        return status_errno(errno, "cannot read '%s'", path);
    }
    *ret_torn = last != '\n';
    return status_ok();
}

static struct status open_file(struct letter_file *letters) REQUIRES(letters->lock)
{
    if (letters->descriptor >= 0) {
        return status_ok();
    }
    int descriptor = open(letters->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return status_errno(errno, "cannot open '%s'", letters->path);
    }
    struct status status = look_for_tear(descriptor, letters->path, &letters->torn);
    if (status_is_ok(&status)) {
        status = folder_sync(letters->folder);
    }
    if (!status_is_ok(&status)) {
        close(descriptor);
        return status;
    }
    letters->descriptor = descriptor;
    return status_ok();
}

/* Appends the text durably; after a failure what was written of it is cut off again. */
static struct status append_durably(struct letter_file *letters, struct slice text) REQUIRES(letters->lock)
{
    off_t size = lseek(letters->descriptor, 0, SEEK_END);
    struct status status =
        size < 0 ? status_errno(errno, "cannot find the end of '%s'", letters->path) : status_ok();
    if (status_is_ok(&status) && letters->torn) {
        status = file_write_all(letters->descriptor, slice_of_text("\n"), letters->path);
    }
    if (status_is_ok(&status)) {
        status = file_write_all(letters->descriptor, text, letters->path);
    }
    if (status_is_ok(&status) && fsync(letters->descriptor) != 0) {
        status = status_errno(errno, "cannot sync '%s'", letters->path);
    }
    if (status_is_ok(&status)) {
        letters->torn = false;
        return status;
    }
    if (size < 0 || ftruncate(letters->descriptor, size) != 0) {
        letters->torn = true;
    }
    return status;
}

static struct status store(struct letter_store *store, const struct dead_letter *letter,
                           const struct letter_stamp *stamp, struct stop *cancel)
{
    struct letter_file *letters = (struct letter_file *)store;
    struct bytes text;
    (void)cancel; /* a disk cannot be cancelled */
    bytes_init(&text, LETTER_CEILING);
    struct status status = letter_text_append(&text, letter, stamp);
    if (status_is_ok(&status)) {
        mutex_lock(&letters->lock);
        status = open_file(letters);
        if (status_is_ok(&status)) {
            status = append_durably(letters, bytes_slice(&text));
        }
        mutex_unlock(&letters->lock);
    }
    bytes_free(&text);
    return status;
}

static void close_store(struct letter_store *store) NO_THREAD_CHECK
{
    struct letter_file *letters = (struct letter_file *)store;
    if (letters->descriptor >= 0) {
        close(letters->descriptor);
    }
    mutex_destroy(&letters->lock);
    free(letters->folder);
    free(letters->path);
    free(letters);
}

struct status letter_file_open(const char *folder, const char *worker,
                               struct letter_store **ret_store) NO_THREAD_CHECK
{
    TRY(folder_make(folder));
    TRY(folder_try(folder));
    struct letter_file *letters = calloc(1, sizeof *letters);
    if (letters == NULL) {
        return status_no_memory("the dead letters in a folder", sizeof *letters);
    }
    mutex_init(&letters->lock);
    letters->store = (struct letter_store){.store = store, .close = close_store};
    letters->descriptor = -1;
    letters->folder = strdup(folder);
    letters->path = make_path(folder, worker);
    if (letters->folder == NULL || letters->path == NULL) {
        close_store(&letters->store);
        return status_no_memory("the dead letters' names", strlen(folder) + strlen(worker));
    }
    *ret_store = &letters->store;
    return status_ok();
}
