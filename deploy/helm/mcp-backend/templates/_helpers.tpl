{{- define "mcp-backend.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Labels of everything. Takes the root. */}}
{{- define "mcp-backend.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
app.kubernetes.io/name: mcp-backend
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{/* What tells the pods of a role. Takes (dict "root" $ "role" "api"). */}}
{{- define "mcp-backend.selector" -}}
app.kubernetes.io/name: mcp-backend
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{/* The variables that stand in files, with the keys of the Secret. Takes (dict "root" $ "role" "api"). */}}
{{- define "mcp-backend.secretFiles" -}}
{{- $keys := .root.Values.secret.keys }}
{{- $files := dict "DATABASE_URL" $keys.databaseUrl "ENCRYPTION_KEY" $keys.encryptionKey }}
{{- if $keys.redisUrl }}{{ $_ := set $files "REDIS_URL" $keys.redisUrl }}{{ end }}
{{- if $keys.otlpHeaders }}{{ $_ := set $files "OTEL_EXPORTER_OTLP_HEADERS" $keys.otlpHeaders }}{{ end }}
{{- /* Only who answers requests makes the first key. */}}
{{- if and $keys.bootstrapApiKey (eq .role "api") }}{{ $_ := set $files "BOOTSTRAP_API_KEY" $keys.bootstrapApiKey }}{{ end }}
{{- toYaml $files }}
{{- end }}

{{/* What one role is told beside its secrets. Takes (dict "root" $ "role" "api"). Later entries win. */}}
{{- define "mcp-backend.variables" -}}
{{- $values := .root.Values }}
{{- $own := index $values .role }}
{{- $variables := dict
      "ROLE" .role
      "HOST" "0.0.0.0"
      "PORT" "3000"
      "DATA_DIR" "/data"
      "LOG_FORMAT" "json"
      "SHUTDOWN_DRAIN_SECONDS" $values.shutdown.drainSeconds
      "SHUTDOWN_GRACE_SECONDS" $own.graceSeconds }}
{{- if eq .role "worker" }}
{{- /* Workers verify no keys, and nobody outside reaches them. */}}
{{- $_ := set $variables "METRICS_PUBLIC" "true" }}
{{- $_ := set $variables "WORKER_CONCURRENCY" $own.concurrency }}
{{- end }}
{{- range $name, $value := merge (deepCopy $values.config) $variables }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
