"""Tiny models of pictures and of sounds with random weights, written as transformers writes them."""

import json

import torch

PROCESSING = {
    "image_processor_type": "ViTImageProcessor",
    "size": {"height": 32, "width": 32},
    "resample": 2,
    "image_mean": [0.5, 0.4, 0.3],
    "image_std": [0.5, 0.6, 0.7],
}
SMALL = {"hidden_size": 8, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 16}
RATE = 16_000


def write_vision_models(place):
    """Transformers with a pooler and without, convolutional networks with layer and with batch normalisation, CLIP."""
    import transformers

    torch.manual_seed(0)
    sizes = {**SMALL, "image_size": 32, "patch_size": 16, "initializer_range": 0.3}
    vit = transformers.ViTConfig(**sizes)
    transformers.ViTModel(vit).save_pretrained(place / "vit")
    transformers.ViTForImageClassification(vit).save_pretrained(place / "classifier")
    widths = {"hidden_sizes": [8, 12], "depths": [1, 1], "num_stages": 2, "initializer_range": 0.3}
    transformers.ConvNextModel(transformers.ConvNextConfig(**widths)).save_pretrained(place / "convnext")
    resnet = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 12], depths=[1, 1], layer_type="basic")
    transformers.ResNetModel(resnet).save_pretrained(place / "resnet")
    text = {**SMALL, "vocab_size": 200, "hidden_size": 16}
    clip = transformers.CLIPConfig(text_config=text, vision_config={**SMALL, **sizes}, projection_dim=6)
    transformers.CLIPModel(clip).save_pretrained(place / "clip")
    for name in ("vit", "classifier", "convnext", "resnet", "clip"):
        (place / name / "preprocessor_config.json").write_text(json.dumps(PROCESSING))


def write_sound_models(place):
    """One that hears samples, and one that looks at bands over time."""
    import transformers

    torch.manual_seed(0)
    shape = {"conv_dim": (8, 8), "conv_kernel": (40, 8), "conv_stride": (20, 8), "vocab_size": 8}
    shape |= {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2, "initializer_range": 0.3}
    transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**SMALL, **shape)).save_pretrained(place / "wav2vec2")
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(place / "wav2vec2")
    ast = transformers.ASTConfig(**SMALL, max_length=64, num_mel_bins=16, initializer_range=0.3)
    transformers.ASTModel(ast).save_pretrained(place / "ast")
    transformers.ASTFeatureExtractor(max_length=64, num_mel_bins=16).save_pretrained(place / "ast")
