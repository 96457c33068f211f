"""Small models of several families, and the ways to tune them."""

SIZES = {
    "bert": {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32},
    "llama": {
        "hidden_size": 16,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 32,
    },
    "gpt2": {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 64},
    "distilbert": {"dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 32},
    "mpnet": {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32},
    "modernbert": {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32},
}
EXACT = [
    "head",
    "full",
    {"top_layers": 1},
    {"top_layers": 2, "cache": False},
    {"peft": "lora", "rank": 4},
    {"peft": "lora", "layers": 1},
    {"peft": "adalora"},
    {"peft": "ia3", "layers": 2},
    {"peft": "bottleneck", "rank": 4},
]
"""Ways to tune that begin at the frozen model."""
VIRTUAL = [{"peft": "prefix", "n_tokens": 3}, {"peft": "prefix", "layers": 1}, {"peft": "prompt", "n_tokens": 2}]
