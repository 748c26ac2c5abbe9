/* The certificates that a server's must come from, read once for all connections. By itself libcurl reads them anew
 * for each, and each of its handles keeps them: a system's 140 roots cost 0.7 MiB and 15 ms of CPU a handle.
 *
 * Any thread may call, but for init and destroy.
 */
#ifndef PENSTOCK_AWS_CRYPTO_TRUST_H
#define PENSTOCK_AWS_CRYPTO_TRUST_H

#include <sys/stat.h>

#include "base/thread.h"

struct x509_store_st;

struct crypto_trust {
    char *bundle; /* a file of PEM certificates; never changes */
    char *folder; /* single certificates under their hashes, or NULL; never changes */
    struct mutex lock;
    struct x509_store_st *store GUARDED_BY(lock); /* NULL: not read yet */
    struct stat seen GUARDED_BY(lock); /* the file that `store` was read from */
};

/* Reads nothing yet; copies the paths. `folder` (or NULL) need not be there. False: no memory. */
bool crypto_trust_init(struct crypto_trust *trust, const char *bundle, const char *folder) MUST_USE;

/* No connection begins any more. Whatever crypto_trust_init returned. */
void crypto_trust_destroy(struct crypto_trust *trust);

/* Makes connections of `ssl_context` (an SSL_CTX of OpenSSL 3) trust the bundle as it is on the disk: read at the first
 * call and again when the file has become another one. One that cannot be read then is logged, and what was read
 * before stays. STATUS_DENIED: the file cannot be read, or has no certificate; the reason names it. */
struct status crypto_trust_apply(struct crypto_trust *trust, void *ssl_context)
    MUST_USE EXCLUDES(trust->lock);

#endif
