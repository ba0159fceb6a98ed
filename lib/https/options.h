// What all requests of a client have in common.
//
// Threads: a value.

#ifndef POSTERN_LIB_HTTPS_OPTIONS_H_
#define POSTERN_LIB_HTTPS_OPTIONS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "lib/net/ip.h"

namespace postern::https {

struct Options {
  // Who vouches for servers: a PEM file and a folder of hashed names; without
  // both the system's authorities.
  std::string ca_file;
  std::string ca_path;
  // Networks that may be asked although they are not public.
  std::vector<net::Network> allowed_networks;
  size_t max_at_a_time = 16;
  size_t max_waiting = 256;
};

}  // namespace postern::https

#endif  // POSTERN_LIB_HTTPS_OPTIONS_H_
