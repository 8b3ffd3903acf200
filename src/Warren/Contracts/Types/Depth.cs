using System.Text.Json;

namespace Warren;

/// <summary>How deep values may be nested: as deep as readers go, and no further, so that what holds itself ends too.</summary>
internal static class Depth
{
    private const int Most = 64;

    public static void Check(Utf8JsonWriter writer)
    {
        if (writer.CurrentDepth >= Most)
            throw new UnsendableException($"nested more than {Most} deep");
    }
}
