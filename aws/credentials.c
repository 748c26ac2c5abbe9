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

static void copy_text(char *target, const char *source)
{
    memcpy(target, source, strlen(source) + 1);
}

void credentials_copy(struct credentials *target, const struct credentials *source)
{
    copy_text(target->access_key_id, source->access_key_id);
    copy_text(target->secret_access_key, source->secret_access_key);
    copy_text(target->session_token, source->session_token);
    copy_text(target->source, source->source);
    target->expires_wall_ms = source->expires_wall_ms;
}

static struct status static_get(struct credentials_source *self, struct credentials *ret_credentials)
{
    credentials_copy(ret_credentials, &((struct static_source *)self)->credentials);
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
    source->source = (struct credentials_source){
        .get = static_get, .invalidate = static_invalidate, .destroy = static_destroy};
    source->credentials = *credentials;
    *ret_source = &source->source;
    return status_ok();
}
