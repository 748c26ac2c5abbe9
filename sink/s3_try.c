#include "sink/s3_try.h"

#include <stdio.h>

#include "base/log.h"

static bool passes(enum status_code code)
{
    return code == STATUS_UNAVAILABLE || code == STATUS_TIMEOUT || code == STATUS_THROTTLED ||
           code == STATUS_CORRUPT;
}

struct status s3_try(const struct s3 *s3, const struct s3_url *url)
{
    char key[S3_KEY_BYTES];
    char place[S3_BUCKET_BYTES + S3_PREFIX_BYTES + 8];
    (void)snprintf(key, sizeof key, "%s%s.penstock-try", url->prefix, url->prefix[0] == '\0' ? "" : "/");
    s3_url_format(url, place, sizeof place);
    const struct s3_object object = {url->bucket, key, "text/plain"};
    struct status status = s3_put_object(s3, &object, slice_of("", 0), NULL);
    if (passes(status.code)) {
        log_write(LOG_WARN, "sink", "a place in S3 cannot be tried now; it is taken as it is",
                  log_text("place", place), log_status(&status));
        return status_ok();
    }
    if (status.code == STATUS_NOT_FOUND) {
        status.code = STATUS_INVALID; /* a wrong setting, not a thing that ceased to be */
    }
    return status;
}
