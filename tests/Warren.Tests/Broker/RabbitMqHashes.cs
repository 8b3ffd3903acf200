using Warren.Broker;

namespace Warren.Tests.Broker;

/// <summary>Hashes that a RabbitMQ 3.10.8 has made, by rabbit_password:hash/2.</summary>
internal static class RabbitMqHashes
{
    /// <summary>Of the password "hunter2".</summary>
    public static (string Algorithm, string Base64)[] Hunter2 { get; } =
    [
        (PasswordHash.Sha256, "3LPTukiKqXzvDUa83s0Iv3qKh76AYIImEG5xDRVctSKkwMRW"),
        (PasswordHash.Sha512, "TuZ9/ZvMX++JaFl5C1VQ3vHQJwYxS6aPsgOB0cXZXE0F4PMEPJh3/zsCyTk+YqUzK1h39D2v6aUF/HnIqHw9F/IZpJQ="),
        (PasswordHash.Md5, "/ukAJA4oeykqa7rsMI/zYjUAJEU="),
    ];
}
