#include "sink/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/thread.h"
#include "sink/folder.h"
#include "sink/letter_text.h"

enum { LETTER_CEILING = 64 * 1024 * 1024 };

struct dead_letters {
    /* Constant after dead_letters_open. */
    const struct clock *clock;
    char *worker;
    char *folder;
    char *path;

    struct mutex lock;
    int descriptor GUARDED_BY(lock); /* -1 until the first letter */
    bool torn GUARDED_BY(lock); /* the file does not end with a newline */
};

static struct status parse_place(const char *place, const char **ret_folder)
{
    static const char scheme[] = "file:";
    if (strncmp(place, scheme, sizeof scheme - 1) != 0 || place[sizeof scheme - 1] == '\0') {
        return status_make(STATUS_INVALID, "the dead-letter place '%s' is not of the form file:DIR", place);
    }
    *ret_folder = place + sizeof scheme - 1;
    return status_ok();
}

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

struct status dead_letters_open(const char *place, const char *worker_id, const struct clock *clock,
                                struct dead_letters **ret_letters) NO_THREAD_CHECK
{
    const char *folder = NULL;
    TRY(parse_place(place, &folder));
    struct status status = folder_make(folder);
    if (status_is_ok(&status)) {
        status = folder_try(folder);
    }
    if (!status_is_ok(&status)) {
        return status_prefix(status, "--dead-letter %s needs a folder that can be written", place);
    }
    struct dead_letters *letters = calloc(1, sizeof *letters);
    if (letters == NULL) {
        return status_no_memory("the dead letters", sizeof *letters);
    }
    mutex_init(&letters->lock);
    letters->clock = clock;
    letters->descriptor = -1;
    letters->worker = strdup(worker_id);
    letters->folder = strdup(folder);
    letters->path = make_path(folder, worker_id);
    if (letters->worker == NULL || letters->folder == NULL || letters->path == NULL) {
        dead_letters_close(letters);
        return status_no_memory("the dead letters' names", strlen(folder) + strlen(worker_id));
    }
    *ret_letters = letters;
    return status_ok();
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

static struct status open_file(struct dead_letters *letters) REQUIRES(letters->lock)
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
static struct status append_durably(struct dead_letters *letters, struct slice text) REQUIRES(letters->lock)
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

struct status dead_letters_store(struct dead_letters *letters, const struct dead_letter *letter)
{
    struct bytes text;
    bytes_init(&text, LETTER_CEILING);
    struct status status = letter_text_append(&text, letter, letters->worker, clock_wall_ms(letters->clock));
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

void dead_letters_close(struct dead_letters *letters) NO_THREAD_CHECK
{
    if (letters == NULL) {
        return;
    }
    if (letters->descriptor >= 0) {
        close(letters->descriptor);
    }
    mutex_destroy(&letters->lock);
    free(letters->worker);
    free(letters->folder);
    free(letters->path);
    free(letters);
}
