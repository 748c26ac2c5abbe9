#include "aws/credentials.h"

#include <stdlib.h>

struct static_source {
    struct credentials_source source;
    struct credentials credentials; /* constant */
};

void credentials_wipe(struct credentials *credentials)
{
    memory_wipe(credentials, sizeof(*credentials));
}

static struct status static_get(struct credentials_source *self, struct credentials *ret_credentials)
{
    *ret_credentials = ((struct static_source *)self)->credentials;
    return status_ok();
}

static void static_invalidate(struct credentials_source *self)
{
    (void)self; /* there is nothing newer */
}

static void static_destroy(struct credentials_source *self)
{
    struct static_source *source = (struct static_source *)self;
    credentials_wipe(&source->credentials);
    free(source);
}

struct status credentials_create_static(const struct credentials *credentials,
                                        struct credentials_source **ret_source)
{
    struct static_source *source = malloc(sizeof(*source));
    if (source == NULL) {
        return status_no_memory("static credentials", sizeof(*source));
    }
    source->source = (struct credentials_source){static_get, static_invalidate, static_destroy};
    source->credentials = *credentials;
    *ret_source = &source->source;
    return status_ok();
}
