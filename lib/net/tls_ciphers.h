// Which ciphers of TLS 1.2 are spoken; those of TLS 1.3 always are.

#ifndef POSTERN_LIB_NET_TLS_CIPHERS_H_
#define POSTERN_LIB_NET_TLS_CIPHERS_H_

namespace postern::net {

// All have forward secrecy, except what a client at kMedium bears.
enum class TlsCiphers {
  kMedium,  // Also AES in CBC mode: better than no TLS at all.
  kHigh,    // Authenticated encryption only.
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_CIPHERS_H_
