using System.Text.Json.Serialization;

namespace Warren.Cli.Measure;

/// <summary>What a run of <c>warren bench</c> showed. Latencies are null where nothing could be timed.</summary>
/// <param name="Bench">rpc or publish.</param>
/// <param name="InFlight">How many calls or messages were on their way at once.</param>
/// <param name="SizeOctets">The size of a body.</param>
/// <param name="Seconds">How long was measured, the warm-up not counted.</param>
/// <param name="Count">Calls or messages that completed in that time.</param>
/// <param name="PerSecond">The rate.</param>
/// <param name="MedianMicroseconds">Half of them took no longer.</param>
/// <param name="P99Microseconds">All but one in a hundred took no longer.</param>
/// <param name="AllocatedOctetsEach">Octets that this whole process allocated, divided by the count.</param>
/// <param name="Measured">What one of them was timed from and to.</param>
/// <param name="AllocatedBy">Which sides ran in this process.</param>
internal sealed record BenchFigures(
    string Bench,
    int InFlight,
    int SizeOctets,
    double Seconds,
    long Count,
    double PerSecond,
    double? MedianMicroseconds,
    double? P99Microseconds,
    double AllocatedOctetsEach,
    string Measured,
    string AllocatedBy);

/// <summary>The figures as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchFigures))]
internal sealed partial class BenchJson : JsonSerializerContext;
