// Which files the settings name, so that a change of one is a reload.
//
// Threads: pure.

#ifndef POSTERN_MTA_SERVER_MAP_FILES_H_
#define POSTERN_MTA_SERVER_MAP_FILES_H_

#include <string>
#include <vector>

#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

// Returns the files of all tables ("hash:/path", wherever in a setting it
// stands) and lists of domains ("/path") in `config`, each once, sorted.
std::vector<std::string> MapFiles(const config::v1::Mta& config);

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_MAP_FILES_H_
