#include "sink/s3_landing.h"

#include <stdio.h>

#include "sink/gzip_writer.h"
#include "sink/landing.h"

enum { OBJECT_CEILING = 64 * 1024 * 1024 };

static struct status make_key(const struct s3_landing *landing, const struct s3_landed *landed,
                              char key[S3_KEY_BYTES])
{
    char hour[LANDING_HOUR_BYTES];
    TRY(landing_hour(landed->wall_ms, hour));
    int length = snprintf(key, S3_KEY_BYTES, "%s%s%s/%s.gz", landing->url.prefix,
                          landing->url.prefix[0] == '\0' ? "" : "/", hour, landed->name);
    return length < S3_KEY_BYTES
               ? status_ok()
               : status_make(STATUS_INVALID, "the key of '%.100s' is too long", landed->name);
}

static struct status pack(const struct s3_landed *landed, struct bytes *packed)
{
    struct gzip_writer *gzip = NULL;
    TRY(gzip_writer_create(&gzip));
    struct status status = gzip_writer_begin_bytes(gzip, packed);
    for (size_t i = 0; i < landed->count && status_is_ok(&status); i++) {
        status = gzip_writer_add(gzip, landed->lines[i]);
    }
    if (status_is_ok(&status)) {
        status = gzip_writer_end(gzip);
    }
    gzip_writer_destroy(gzip);
    return status;
}

struct status s3_landing_put(const struct s3_landing *landing, const struct s3_landed *landed,
                             struct stop *cancel)
{
    const struct s3_limits limits = {.cancel = cancel};
    char key[S3_KEY_BYTES];
    struct bytes packed;
    TRY(make_key(landing, landed, key));
    const struct s3_object object = {landing->url.bucket, key, "application/gzip"};
    bytes_init(&packed, OBJECT_CEILING);
    struct status status = pack(landed, &packed);
    if (status_is_ok(&status)) {
        status = s3_put_object(landing->s3, &object, bytes_slice(&packed), &limits);
    }
    bytes_free(&packed);
    return status;
}
