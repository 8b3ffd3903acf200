using System.Text.Json;
using System.Text.Json.Serialization;

namespace Warren.Broker;

/// <summary>What is defined in a broker, as its journal keeps it: definitions without exchanges, queues and bindings, which have records of their own.</summary>
/// <param name="Definitions">Users, permissions, virtual hosts, policies, limits, parameters.</param>
/// <param name="Numbers">What the records of each virtual host begin with.</param>
/// <param name="LastNumber">The largest number that was ever given.</param>
/// <param name="LoopbackUsers">Who may log in from this machine only, which definitions cannot say.</param>
internal sealed record KeptJson(DefinitionsJson Definitions, Dictionary<string, uint> Numbers, uint LastNumber, string[] LoopbackUsers)
{
    /// <summary>Reads it, and checks that nothing is missing.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="DefinitionsException">Something is missing, or two virtual hosts have one number.</exception>
    public static KeptJson Read(ReadOnlySpan<byte> octets)
    {
        var kept = JsonSerializer.Deserialize(octets, KeptContext.Default.KeptJson);
        if (kept is not { Definitions: not null, Numbers: not null, LoopbackUsers: not null })
            throw new DefinitionsException("a part of it is missing");
        if (kept.Numbers.Values.Distinct().Count() != kept.Numbers.Count)
            throw new DefinitionsException("two virtual hosts have one number");
        return kept;
    }
}

/// <summary>How it is read and written without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(KeptJson))]
internal sealed partial class KeptContext : JsonSerializerContext;
