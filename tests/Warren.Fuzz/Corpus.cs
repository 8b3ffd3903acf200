namespace Warren.Fuzz;

/// <summary>
/// The inputs in corpus/: T2.txt and its like, from which the fuzzing starts, an input on each line; and what was found once and stays found, each in a
/// file of its own, as T2-what-it-was.hex.
/// </summary>
internal static class Corpus
{
    public static IEnumerable<byte[]> Of(string target)
    {
        var assembly = typeof(Corpus).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(target, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            var text = reader.ReadToEnd();
            if (!name.EndsWith(".txt", StringComparison.Ordinal))
                yield return Hex.Read(text);
            else
            {
                foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'))
                    yield return Convert.FromHexString(line);
            }
        }
    }

    /// <summary>What a run has kept.</summary>
    public static IEnumerable<byte[]> In(string folder, string target) =>
        Directory.EnumerateFiles(folder, $"{target}-*.hex").Order(StringComparer.Ordinal).Select(file => Hex.Read(File.ReadAllText(file)));

    /// <summary>Writes the inputs that the fuzzing of a target starts from, the short ones first.</summary>
    public static void Write(string file, string target, IEnumerable<byte[]> inputs) => File.WriteAllLines(file,
    [
        $"# What the fuzzing of {target} starts from. Made by: dotnet run -c Release --project tests/Warren.Fuzz -- minimise ...",
        .. inputs.Select(Convert.ToHexString).Order(StringComparer.Ordinal).OrderBy(line => line.Length),
    ]);
}
