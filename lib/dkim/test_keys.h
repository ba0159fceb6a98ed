// Keys for tests, made for them with OpenSSL. Nobody uses them.

#ifndef POSTERN_LIB_DKIM_TEST_KEYS_H_
#define POSTERN_LIB_DKIM_TEST_KEYS_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/dkim/crypto.h"

namespace postern::dkim {

inline constexpr char kRsa2048Key[] = R"(-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCa4bfPqtCq7UW2
cqI+7b3P3xAl4aZ3ib8oMbCDBWd/+Bwj4Y3EJfAoV7H7LN9DA/cu+ZlbLZLKPfv1
5XCOI2VdFDloZFcv6VIL7FhzoDOnsPdBuwdyHH3WduhHKWeGNgh/OQMjUk96NfSd
AUoY0Tz5FevF/JUlfCXDSZEYLMl92LgiG0GIQH+XpOMFuMGBW2Mf/x6LnlzFZQho
0cAXzj0u18DLu8FTseDp0seRpcSEZ4iI98rtwpNN9JXEWAoADQY6fSZn8Yj492c8
RThVfYUaVUBcLbn2r4dI+i0/0L/3QX5ELWfBC2dHYGSvnFaimYJIn/ZsWH6X/n5B
VmhVYR7XAgMBAAECggEAA5SsBmc+wMeQi4nLRM+D9ROFUOLj0YgD597SOQ09xIB3
d2rmYf5gjDDkLVhEZyJnK2pbiHdIGViP2TJZ76dTghs5bTeYqRkTVlw7T/Jdugbw
3c+q+eaSZYwajalK5ULy36zGl6FLs28ePdJYT1+TByKMcLzeCTT9aIOXEQCEE16P
Q0tlzeYgBAe9TqiJHwwRY4OapjF8DBH0deHrcObVq/l1oXJAj9EgVWK/aT/aeRYK
mgcwA1pQuMwZG3SVsnKxkrQ8D6qrI2ncwBzyT1RmRCMy9/cly8o0WDC7MeF4RGVG
HxrFAJPwz3UEUi+rlu4E3CK+hXnJAdTrgh5cV16LNQKBgQDOhNeXqG6bXZ+Xo04N
nOXDJMYkLNRroWY3e5lM039K/hBxshaGJCrP48oHMopTOtFEMzTien44Bef0MFEZ
4zutTcGidc83dCwJtr1LousCzaxLCAS9LSo1BfUtQiCpL/8NsLfpOu7lb5VOKewe
hq7bVBq/lk0izjK1CEWpusk0JQKBgQC//aC+LwRXCSYLJCdwLrZ80vvJmoygM0kn
EQghPVWiulhB6MB11KcPBa67ImDYyN3RNNJqxEFUs4JTpriLLr7tZmo61Ov5lxkd
YL/OdrKRE7oW86pPG82rSt0BIGi8RIHL1YMMlldLn+W1TwgkvxV2Wn9NYg8bT5hd
gWbV6M/4SwKBgH8QpyGtxVgck6wWE1k21vtpbewmFRCf/qdWie0GGEUI6w85Vrh0
Gk9MxSoGg6tP/h/rLbfHTE+l+qB49f1qnXY06FXQDI3/EXVslS2rcNOJvl9v8JKA
7n4vSznsfPH8EP7YY1/CHejW7dNo4dmqXn2eUtLcZFts6TAPheU3gsJtAoGBAKkp
/8UzRj6uF/A/JeTJtA9eE266l2fcaHtcnW40Tc05JeTFATeRbLVmy2Ol0fGRYykf
wrtCO1I3bQDp6LbyNFaXI8i8rUNY6E8jXT29Bm+gExqADjLwC5L/PqXseXxRXJBO
i86+dSJ0PAE6JrHCEFYdPQfg+/CTfGv/Ra37GavrAoGAUK3A2jhWKeArKvpDMzu1
zAQpTYjc78Q1hsoElDHqV3QlH6o1hlAHTyir2qBwdTj+XZdWIywsWPAFgHhvBg3D
QTOs1ep/4mpPGFxGsmkSz5igWb4wZW99fDAKpoG4VC1EhpidbnA3xEHWf61g0RxX
g4ZICtcjK9XQ5jzzsipfgMg=
-----END PRIVATE KEY-----
)";
inline constexpr char kRsa1024Key[] = R"(-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAMQ66ZaBbiRhsk0u
IJURYI2N6qJm+rPRcGoldwfGzSX2Xz144EV3Qf8bH4flR1N37lfsxJjXVng83WhS
gm7LLDIRzctClvNmMM6ghsxK0CgtHhlMGLPH4YmWmNReQznU4FFE1ctzyDM+k+HP
EqFV5ZwtJ9U9IMik7AdhldkaGcu9AgMBAAECgYBy3C0IbOBkqU7twFdQCijjErPJ
tc9/W9OaPi3LPoGse+bJm6xi3Oijg2PUbs9uOyAnFS8Ka9lwbegHfWxdn81QxsZG
jEc3Ns4eeJipSRU/r42nc0P1ehMoEPM/aZPflCFSSez609h6QW8HYRqNCsN7Qchv
a25K4eIwxc8fTTPePQJBAOuZ3NweEmllOziza6pWTBW8BzmlLKJeAZ81nAOdUZcW
2BY2yg/Uk3XXRNok08LGHvbqGMUmPbXBEdVPfn04zAcCQQDVOGMPzkTa/fOolzDA
1rIQNPVFIG6RaZjgS50eGsxW9Abxxww4/GmTinTttW50vD3TY7TttqiJVlUJy9y1
ncEbAkEAySWvE9s02vkLy8gbhu1wvimvfX7REbry5YvurINXEoj1alnSwBs83qIw
7ZH9ndBqxWJuTXvtucyhvh3Fn4GrZwJBAJcYkEqhF3ZAxCxSh7//5MtLXAwSgYgW
VrmLm9m7j9aGs20eavDvHjnpwha5nX6n7wAgBhT2fdRlE3oPt2YUVsUCQGvIRXK0
KWPvN+KOlv9GlDTYh62bS2rvbV1s8NWY8JwM+QvoyZEx1Vn+LQVcfCsDb0n1Tzri
RsbQHBaCSh+uDY8=
-----END PRIVATE KEY-----
)";
inline constexpr char kRsa512Key[] = R"(-----BEGIN PRIVATE KEY-----
MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEA7Otf38k4Q4plbVub
CoW7rc4A+S4vCT1/BaYsn9H7X61gVXsswyz8xe6ieUt414vcq2Kys9Hf/rV8sTlC
q/A7PQIDAQABAkBQ5cYk+eZ2WYlsn/z+yM9e95qpezWgaBk5apaOM/srnbWn7E6e
uJEI2eiSxN3MmAUBfqPAgOfUIaznPFWXwu4ZAiEA/WZC8EIvsKP6enoLcQSaqon3
MoeAjOwxHsTwrqCHgYsCIQDvWdDzmP/c2lRq1/MIvs9oPxNyFs2mBZ5egebrK0Y/
VwIhAKsqoXrDao1qJq8Gs6XTE1qxOR6Tszz96qw7Ic0DuKTDAiEAhzW3wkSmFX8I
vSqs0j3oML2hIIwdNDJsWnsLlcHmdxUCIQC9tdF2l2Lo+TJu3ZOMnjKQnZ8bgZXR
KzDo+2c2V+GAgg==
-----END PRIVATE KEY-----
)";
inline constexpr char kP256Key[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgW5ySnhp+cSPUBy33
1XD79UdSjoIeVXb74stdtKDQRs2hRANCAAR8jOwmU5MXhmkhPTDpvrcKsyaoSAyn
9HiFBjhopqsGDANWXf98RHweF1QWD0xOfdVCp3HBSI/3a82w1HuPVWFd
-----END PRIVATE KEY-----
)";
inline constexpr char kEncryptedKey[] = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjGusk0n3NXOwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGnSMYayLrmH6R6/qNaTBZcEQAGV
JTcjIci6IqVNFTGbrZ3dhrNPDyz4jOjbwTDwPFaGYQolP0VB9orPF0Cv/iH68tBn
cmpIuoSh8z4kynjthMg=
-----END ENCRYPTED PRIVATE KEY-----
)";

inline PrivateKey TestRsaKey() {
  return PrivateKey::Parse(kRsa2048Key).value();
}

// That of RFC 8463 appendix A.2.
inline PrivateKey TestEd25519Key() {
  return PrivateKey::Parse("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
      .value();
}

// Returns the record of a key, as the DNS has it.
inline std::string RecordOf(const PrivateKey& key) {
  return absl::StrCat("v=DKIM1; k=", KeyTypeName(key.type()),
                      "; p=", absl::Base64Escape(key.PublicBytes()));
}

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_TEST_KEYS_H_
