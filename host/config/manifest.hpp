#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/problem.hpp"

namespace reprise::config {

enum class PluginKind { Source, Transform, Sink, JobStore };

/// "source", "transform", "sink", "jobstore"
std::string_view to_text(PluginKind kind);

/// Plugin is a place where a plugin and its options stand: only the host's own sections have such.
/// Url is https, or http too where the plugin has an option for that. Base64 is a secret's usual form: bytes as text.
/// Topic is a Kafka topic's name. Pem is the path of a PEM file, which has to be there, or the PEM text itself.
enum class OptionType {
  String,
  Bool,
  Int,
  Float,
  Duration,
  Size,
  Enum,
  Url,
  Base64,
  Topic,
  Pem,
  List,
  Object,
  Map,
  Table,
  Cluster,
  Plugin
};

std::string_view to_text(OptionType type);

/// A limit of an Int, Float, Duration (ms), Size or Base64 (bytes), or of the number of elements of a List or Map.
struct Bound {
  std::int64_t integer = 0;
  double real = 0;   ///< Float
  std::string text;  ///< as written: "5d"
};

/// What a plugin says about one of its options.
struct OptionSpec {
  std::string name;  ///< empty: the element of a List or Map
  OptionType type = OptionType::String;
  bool is_required = false;
  bool is_secret = false;                         ///< never shown, wherever its value came from
  bool is_hot = false;                            ///< may change without a restart of the instance
  bool is_public = false;                         ///< a name or an address that logs and metrics show anyway
  std::optional<std::string> default_value = {};  ///< canonical, as a plugin gets it: "432000000" for 5d
  std::vector<std::string> default_items = {};    ///< List: canonical too
  std::optional<Bound> min = {}, max = {};
  std::vector<std::string> values = {};  ///< Enum
  std::vector<OptionSpec> options =
      {};                  ///< Object: its members. List, Map: exactly one, what each is. Table: members of a row
  bool is_single = false;  ///< List: one element may stand without brackets
  bool is_unique = false;  ///< List of scalars: no two are the same
  std::vector<std::string> reserved = {};  ///< Map: keys that may not stand there, in whatever case
  std::string prefix = {};                 ///< Base64: stands before it
  bool allows_http = false;                ///< Url
  std::string http_option = {};  ///< Url: http:// is allowed where this option of the plugin is true; empty: never
  std::string goes_with = {};    ///< in a row: required where this option of the plugin is given, else refused
  std::string refusal = {};      ///< not empty: must not be given, for this reason
  std::string doc = {};
  Location where = {};

  const OptionSpec* find(std::string_view option) const;
};

/// plugin.yaml: what a plugin is and which options it takes. A value.
struct Manifest {
  std::string id, version, license, summary;
  PluginKind kind = PluginKind::Source;
  bool has_data_dir = false;  ///< data_dir: true asks for a private directory (this host gives none yet)
  OptionSpec options;         ///< an Object

  std::string origin;  ///< the file it was read from, for messages
};

/// Reads and checks a manifest. Throws ConfigError with everything found; origin names the text in locations.
Manifest parse_manifest(std::string_view yaml, std::string_view origin);

}  // namespace reprise::config
