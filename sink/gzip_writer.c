#include "sink/gzip_writer.h"

#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "sink/folder.h"

enum {
    GZIP_LEVEL = 4, /* near the default's size for JSON lines, at less than half its time */
    GZIP_WINDOW_BITS = 15 + 16, /* the greatest window, with a gzip header */
    GZIP_MEMORY_LEVEL = 8, /* zlib's default */
    GZIP_BUFFER_BYTES = 64 * 1024,
    GZIP_INPUT_BYTES = 16 * 1024 * 1024, /* zlib counts in 32 bits */
};

struct gzip_writer {
    z_stream stream;
    int descriptor;
    struct bytes *target; /* in place of the descriptor; NULL: the descriptor */
    const char *path;
    unsigned char buffer[GZIP_BUFFER_BYTES];
};

struct status gzip_writer_create(struct gzip_writer **ret_writer)
{
    struct gzip_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL || deflateInit2(&writer->stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS,
                                       GZIP_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(writer);
        return status_no_memory("a gzip stream", sizeof *writer);
    }
    *ret_writer = writer;
    return status_ok();
}

void gzip_writer_destroy(struct gzip_writer *writer)
{
    if (writer != NULL) {
        (void)deflateEnd(&writer->stream); /* tells only that input was left */
        free(writer);
    }
}

static void empty_buffer(struct gzip_writer *writer)
{
    writer->stream.next_out = writer->buffer;
    writer->stream.avail_out = GZIP_BUFFER_BYTES;
}

struct status gzip_writer_begin(struct gzip_writer *writer, int descriptor, const char *path)
{
    if (deflateReset(&writer->stream) != Z_OK) {
        return status_make(STATUS_INTERNAL, "zlib cannot begin '%s'", path);
    }
    writer->descriptor = descriptor;
    writer->target = NULL;
    writer->path = path;
    empty_buffer(writer);
    return status_ok();
}

struct status gzip_writer_begin_bytes(struct gzip_writer *writer, struct bytes *target)
{
    TRY(gzip_writer_begin(writer, -1, "memory"));
    writer->target = target;
    return status_ok();
}

static struct status write_buffer(struct gzip_writer *writer)
{
    size_t length = GZIP_BUFFER_BYTES - writer->stream.avail_out;
    struct slice part = slice_of((const char *)writer->buffer, length);
    TRY(writer->target != NULL ? bytes_append_slice(writer->target, part)
                               : file_write_all(writer->descriptor, part, writer->path));
    empty_buffer(writer);
    return status_ok();
}

static struct status add_part(struct gzip_writer *writer, struct slice part)
{
    writer->stream.next_in = (const Bytef *)part.at;
    writer->stream.avail_in = (uInt)part.length;
    while (writer->stream.avail_in > 0) {
        if (deflate(&writer->stream, Z_NO_FLUSH) != Z_OK) {
            return status_make(STATUS_INTERNAL, "zlib cannot pack into '%s'", writer->path);
        }
        if (writer->stream.avail_out == 0) {
            TRY(write_buffer(writer));
        }
    }
    return status_ok();
}

struct status gzip_writer_add(struct gzip_writer *writer, struct slice content)
{
    while (content.length > 0) {
        size_t length = content.length < GZIP_INPUT_BYTES ? content.length : GZIP_INPUT_BYTES;
        TRY(add_part(writer, slice_of(content.at, length)));
        content = slice_of(content.at + length, content.length - length);
    }
    return status_ok();
}

struct status gzip_writer_end(struct gzip_writer *writer)
{
    int result;
    do {
        result = deflate(&writer->stream, Z_FINISH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            return status_make(STATUS_INTERNAL, "zlib cannot end '%s'", writer->path);
        }
        TRY(write_buffer(writer));
    } while (result != Z_STREAM_END);
    return status_ok();
}
