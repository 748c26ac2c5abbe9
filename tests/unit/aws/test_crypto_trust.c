/* One store of certificates for all connections, as the file on the disk has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws/crypto_trust.h"

enum { THREADS = 8, ROUNDS = 200, DAY_SECONDS = 86400 };

static char folder[] = "/tmp/penstock-trust-XXXXXX";
static char bundle[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(bundle, sizeof bundle, "%s/bundle.pem", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(bundle);
    return rmdir(folder);
}

static void write_text(const char *text)
{
    FILE *file = fopen(bundle, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* A file of certificates with these names, in place of the one that was there. */
static void write_bundle(const char *const *names, size_t count)
{
    char fresh[80];
    snprintf(fresh, sizeof fresh, "%s.new", bundle);
    FILE *file = fopen(fresh, "w");
    assert_non_null(file);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    for (size_t i = 0; i < count; i++) {
        X509 *certificate = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), (long)i + 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS);
        X509_gmtime_adj(X509_getm_notAfter(certificate), DAY_SECONDS);
        X509_set_pubkey(certificate, key);
        X509_NAME *name = X509_get_subject_name(certificate);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)names[i], -1, -1, 0);
        X509_set_issuer_name(certificate, name);
        assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
        assert_int_equal(PEM_write_X509(file, certificate), 1);
        X509_free(certificate);
    }
    EVP_PKEY_free(key);
    fclose(file);
    assert_int_equal(rename(fresh, bundle), 0);
}

static int count_trusted(SSL_CTX *context)
{
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context)));
}

static struct status apply(struct crypto_trust *trust, SSL_CTX **ret_context)
{
    *ret_context = SSL_CTX_new(TLS_client_method());
    assert_non_null(*ret_context);
    return crypto_trust_apply(trust, *ret_context);
}

static void test_read_once(void **state)
{
    (void)state;
    struct crypto_trust trust;
    SSL_CTX *contexts[3];
    write_bundle((const char *const[]){"one", "two"}, 2);
    assert_true(crypto_trust_init(&trust, bundle, "/nonexistent"));
    for (size_t i = 0; i < 3; i++) {
        struct status status = apply(&trust, &contexts[i]);
        assert_string_equal(status.reason, "");
        assert_int_equal(count_trusted(contexts[i]), 2);
        assert_ptr_equal(SSL_CTX_get_cert_store(contexts[i]), SSL_CTX_get_cert_store(contexts[0]));
    }
    crypto_trust_destroy(&trust); /* contexts keep what they need */
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(count_trusted(contexts[i]), 2);
        SSL_CTX_free(contexts[i]);
    }
}

static void test_a_file_that_changes(void **state)
{
    (void)state;
    struct crypto_trust trust;
    SSL_CTX *context;
    write_bundle((const char *const[]){"one"}, 1);
    assert_true(crypto_trust_init(&trust, bundle, "/nonexistent"));
    struct status status = apply(&trust, &context);
    assert_int_equal(status.code, STATUS_OK);
    SSL_CTX_free(context);
    write_bundle((const char *const[]){"one", "two", "three"}, 3);
    status = apply(&trust, &context);
    assert_int_equal(status.code, STATUS_OK);
    assert_int_equal(count_trusted(context), 3);
    SSL_CTX_free(context);
    for (int i = 0; i < 2; i++) { /* while it is being written, or gone, what was read stays */
        i == 0 ? write_text("-----BEGIN CERTIFICATE-----\nMIIB\n") : (void)unlink(bundle);
        status = apply(&trust, &context);
        assert_int_equal(status.code, STATUS_OK);
        assert_int_equal(count_trusted(context), 3);
        SSL_CTX_free(context);
    }
    write_bundle((const char *const[]){"four"}, 1);
    status = apply(&trust, &context);
    assert_int_equal(status.code, STATUS_OK);
    assert_int_equal(count_trusted(context), 1);
    SSL_CTX_free(context);
    crypto_trust_destroy(&trust);
}

static void test_what_cannot_be_read(void **state)
{
    (void)state;
    static const struct {
        const char *text; /* NULL: no file */
        const char *why;
    } cases[] = {
        {NULL, "No such file or directory"},
        {"", "no certificate or crl found"},
        {"rubbish\n", "no certificate or crl found"},
        {"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "bad base64 decode"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crypto_trust trust;
        SSL_CTX *context;
        cases[i].text == NULL ? (void)unlink(bundle) : write_text(cases[i].text);
        assert_true(crypto_trust_init(&trust, bundle, "/nonexistent"));
        struct status status = apply(&trust, &context);
        char expected[256];
        snprintf(expected, sizeof expected,
                 "cannot read certificates from '%s': %s (install ca-certificates, or set AWS_CA_BUNDLE)",
                 bundle, cases[i].why);
        assert_int_equal(status.code, STATUS_DENIED);
        assert_string_equal(status.reason, expected);
        SSL_CTX_free(context);
        write_bundle((const char *const[]){"one"}, 1);
        status = apply(&trust, &context);
        assert_int_equal(status.code, STATUS_OK);
        SSL_CTX_free(context);
        crypto_trust_destroy(&trust);
    }
}

static void *apply_often(void *context)
{
    for (int i = 0; i < ROUNDS; i++) {
        SSL_CTX *connection;
        struct status status = apply(context, &connection);
        if (!status_is_ok(&status) || count_trusted(connection) == 0) {
            return "a thread had no certificates";
        }
        SSL_CTX_free(connection);
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    struct crypto_trust trust;
    pthread_t threads[THREADS];
    write_bundle((const char *const[]){"one"}, 1);
    assert_true(crypto_trust_init(&trust, bundle, "/nonexistent"));
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, apply_often, &trust), 0);
    }
    for (int i = 0; i < 50; i++) {
        write_bundle((const char *const[]){"one", "two"}, 1 + (size_t)i % 2);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *problem;
        assert_int_equal(pthread_join(threads[i], &problem), 0);
        assert_null(problem);
    }
    crypto_trust_destroy(&trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_once),
        cmocka_unit_test(test_a_file_that_changes),
        cmocka_unit_test(test_what_cannot_be_read),

        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
