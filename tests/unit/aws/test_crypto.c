/* Digests against the published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/crypto.h"

static void sha256_of_the_nist_examples(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[CRYPTO_SHA256_HEX_BYTES];
        assert_int_equal(crypto_sha256_hex(slice_of_text(cases[i][0]), text).code, STATUS_OK);
        assert_string_equal(text, cases[i][1]);
    }
    char text[CRYPTO_SHA256_HEX_BYTES];
    assert_int_equal(crypto_sha256_hex(slice_of(NULL, 0), text).code, STATUS_OK);
    assert_string_equal(text, cases[0][1]);
}

static void hmac_of_rfc_4231(void **state)
{
    (void)state;
    unsigned char digest[CRYPTO_SHA256_BYTES];
    char text[CRYPTO_SHA256_HEX_BYTES];
    char key[131];
    assert_int_equal(
        crypto_hmac_sha256(slice_of_text("Jefe"), slice_of_text("what do ya want for nothing?"), digest).code,
        STATUS_OK);
    crypto_hex(digest, text);
    assert_string_equal(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    assert_int_equal(
        crypto_hmac_sha256(slice_of(key, sizeof key),
                           slice_of_text("Test Using Larger Than Block-Size Key - Hash Key First"), digest)
            .code,
        STATUS_OK);
    crypto_hex(digest, text);
    assert_string_equal(text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_int_equal(crypto_hmac_sha256(slice_of(NULL, 0), slice_of(NULL, 0), digest).code, STATUS_OK);
    crypto_hex(digest, text);
    assert_string_equal(text, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_the_nist_examples),
        cmocka_unit_test(hmac_of_rfc_4231),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
