#include "aws/crypto_trust.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { LOG_EVERY_MS = 60000 };

bool crypto_trust_init(struct crypto_trust *trust, const char *bundle, const char *folder)
{
    *trust =
        (struct crypto_trust){.bundle = strdup(bundle), .folder = folder == NULL ? NULL : strdup(folder)};
    mutex_init(&trust->lock);
    return trust->bundle != NULL && (folder == NULL || trust->folder != NULL);
}

void crypto_trust_destroy(struct crypto_trust *trust) NO_THREAD_CHECK
{
    X509_STORE_free(trust->store);
    mutex_destroy(&trust->lock);
    free(trust->bundle);
    free(trust->folder);
}

/* Was the file replaced or written since? */
static bool is_same_file(const struct stat *left, const struct stat *right)
{
    return left->st_dev == right->st_dev && left->st_ino == right->st_ino &&
           left->st_size == right->st_size && left->st_mtim.tv_sec == right->st_mtim.tv_sec &&
           left->st_mtim.tv_nsec == right->st_mtim.tv_nsec;
}

static struct status fail(const char *bundle, const char *why)
{
    return status_make(
        STATUS_DENIED,
        "cannot read certificates from '%s': %s (install ca-certificates, or set AWS_CA_BUNDLE)", bundle,
        why);
}

static struct status read_bundle(const struct crypto_trust *trust, X509_STORE **ret_store)
{
    X509_STORE *store = X509_STORE_new();
    if (store == NULL) {
        return status_no_memory("certificates", sizeof(void *));
    }
    ERR_clear_error();
    if (X509_STORE_load_file(store, trust->bundle) != 1) {
        const char *why = ERR_reason_error_string(ERR_peek_error());
        X509_STORE_free(store);
        ERR_clear_error();
        return fail(trust->bundle, why != NULL ? why : "OpenSSL does not say why");
    }
    if (trust->folder != NULL) {
        (void)X509_STORE_load_path(store, trust->folder); /* it need not be there */
        ERR_clear_error();
    }
    /* As libcurl has it: a certificate of the bundle is trusted whether it is a root or not. */
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    *ret_store = store;
    return status_ok();
}

/* Brings `store` up to the file. */
static struct status refresh(struct crypto_trust *trust) REQUIRES(trust->lock)
{
    struct stat now;
    if (stat(trust->bundle, &now) != 0) {
        char room[96];
        return fail(trust->bundle, strerror_r(errno, room, sizeof room));
    }
    if (trust->store != NULL && is_same_file(&now, &trust->seen)) {
        return status_ok();
    }
    X509_STORE *store = NULL;
    TRY(read_bundle(trust, &store));
    X509_STORE_free(trust->store);
    trust->store = store;
    trust->seen = now;
    return status_ok();
}

struct status crypto_trust_apply(struct crypto_trust *trust, void *ssl_context)
{
    mutex_lock(&trust->lock);
    struct status status = refresh(trust);
    if (!status_is_ok(&status) && trust->store != NULL) {
        log_write_limited(LOG_EVERY_MS, LOG_WARN, "aws", "the certificates read before stay in use",
                          log_status(&status));
        status = status_ok();
    }
    if (status_is_ok(&status)) {
        SSL_CTX_set1_cert_store(ssl_context, trust->store);
    }
    mutex_unlock(&trust->lock);
    return status;
}
